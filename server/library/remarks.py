"""The texts of what readers have to say of documents, in English and Chinese."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.errors.base import Language
from server.library.readers.records import Refusal, Remark

MAX_STRETCHES = 12
"""How many stretches of pages a text names."""


@dataclass(frozen=True)
class Wording:
    """A text in both languages, with the places of values in braces. `status` is that of a response."""

    en: str
    zh: str
    status: int = 400

    def write(self, values: Mapping[str, Any]) -> dict[Language, str]:
        """Return the text in both languages.

        A value `cause` may be a code of `CAUSES`, and `pages` are stretches of them, each with its first and last.
        """
        en, zh = dict(values), dict(values)
        if (cause := CAUSES.get(str(values.get("cause")))) is not None:
            en["cause"], zh["cause"] = cause.en, cause.zh
        if "pages" in values:
            en["pages"], zh["pages"] = write_pages(values["pages"])
        return {"en": self.en.format_map(en), "zh": self.zh.format_map(zh)}


REFUSALS: Mapping[str, Wording] = {
    "empty": Wording("the file is empty", "文件为空"),
    "blank": Wording("there is no text in it", "其中没有任何文字"),
    "unknown_kind": Wording(
        "the kind of the file is not known; PDF, Word, Excel, ODS, PowerPoint, CSV, TOML, HTML, Markdown, plain text "
        "and pictures can be read",
        "无法识别文件类型；支持 PDF、Word、Excel、ODS、PowerPoint、CSV、TOML、HTML、Markdown、纯文本和图片",
        415,
    ),
    "old_format": Wording(
        "{kind} is an old format that cannot be read: save the file in the new one",
        "无法读取旧格式 {kind}，请另存为新格式",
        415,
    ),
    "broken": Wording("the file is damaged: {cause}", "文件已损坏：{cause}"),
    "encrypted": Wording(
        "the file is encrypted: send its password in the field `password`", "文件已加密，请在 password 字段中提供密码"
    ),
    "wrong_password": Wording("the password is wrong", "密码错误"),
    "bomb": Wording(
        "unpacked the file would have {num_bytes} bytes, the limit is {limit}",
        "解压后将有 {num_bytes} 字节，上限 {limit}",
        413,
    ),
    "lying_archive": Wording(
        "the file is a ZIP archive whose entries are larger than it says",
        "文件是 ZIP 压缩包，其条目的实际大小与记录不符",
    ),
    "external_entities": Wording(
        "the file defines XML entities, which are not resolved", "文件中定义了 XML 实体，服务器不会解析"
    ),
    "too_many_pages": Wording("the document has more than {limit} pages", "文档超过 {limit} 页", 413),
    "too_many_cells": Wording("the document has more than {limit} cells", "文档超过 {limit} 个单元格", 413),
    "too_much_text": Wording(
        "a page of the document has more than {limit} characters", "文档中有一页超过 {limit} 个字符", 413
    ),
    "broken_toml": Wording(
        "line {line} of the TOML file has a mistake at column {column}: {cause}",
        "TOML 文件第 {line} 行第 {column} 列有误：{cause}",
    ),
    "too_much_toml": Wording(
        "the TOML file has more than {limit} characters: send it as several files, or as a CSV or XLSX sheet",
        "TOML 文件超过 {limit} 个字符：请拆成多个文件，或改用 CSV 或 XLSX 表格",
        413,
    ),
    "too_deep": Wording(
        "the file has more than {limit} tables or arrays within one another", "文件中的表或数组嵌套超过 {limit} 层", 413
    ),
    "memory": Wording(
        "reading the document takes more than {limit} bytes of memory", "读取文档需要超过 {limit} 字节的内存", 413
    ),
    "slow": Wording("reading took longer than {limit} seconds", "读取超过 {limit} 秒", 413),
    "video_not_installed": Wording(
        "clips need the package PyAV: pip install 'minicpm-v-server[video]', or make install EXTRAS=video",
        "读取视频需要 PyAV：pip install 'minicpm-v-server[video]'，或 make install EXTRAS=video",
    ),
    "unknown_video": Wording(
        "the file is no clip of a known kind; MP4, MOV, 3GP, WebM, MKV, AVI, MPEG, FLV, Ogg, WMV and GIF can be read",
        "不是可识别的视频文件；支持 MP4、MOV、3GP、WebM、MKV、AVI、MPEG、FLV、Ogg、WMV 和 GIF",
        415,
    ),
    "unknown_codec": Wording("the clip is encoded with {codec}, which is not decoded", "不支持视频编码 {codec}", 415),
    "no_video": Wording("the file has sound, but no pictures", "文件只有声音，没有画面"),
    "no_frames": Wording("no frame of the clip can be decoded", "视频中没有可解码的画面"),
    "too_many_clips": Wording(
        "the request has {count} clips, and frames are shown of {limit} at most",
        "请求中有 {count} 个视频，最多只能展示 {limit} 个",
        413,
    ),
    "no_room_for_frames": Wording(
        "the prompt has room for {num_tokens} more tokens, which is not enough for a frame of each clip",
        "提示词只剩 {num_tokens} 个 token 的空间，放不下每个视频的一帧",
        413,
    ),
    "not_fetched": Wording("it cannot be fetched: {cause}", "无法获取（{cause}）"),
    "no_base64": Wording(
        "it is neither base64 nor a data URL with base64", "既不是 base64，也不是含 base64 的 data URL"
    ),
    "video_too_long": Wording(
        "the clip has {num_bytes} bytes, the limit is {limit}", "视频有 {num_bytes} 字节，上限 {limit}", 413
    ),
    "video_too_large": Wording(
        "the clip has {width} x {height} pixels, the limit is {limit} in all",
        "视频画面为 {width} x {height} 像素，总数上限 {limit}",
        413,
    ),
    "too_many_pixels": Wording(
        "the picture has {num_pixels} pixels, the limit is {limit}", "图片有 {num_pixels} 像素，上限 {limit}", 413
    ),
    "no_such_page": Wording("the document has no page {page}", "文档没有第 {page} 页", 404),
    "not_drawn": Wording("pages of documents of this kind cannot be drawn", "该类文档的页面无法绘制"),
    "too_much_output": Wording("a page of the document is too large", "文档中有一页过大", 413),
    "no_product_columns": Wording(
        "no sheet of products was found in it: a table needs a row of column names with a code or a name (such as "
        "`code`, `sku`, `name`), a TOML file tables `[[product]]` with `code` or `name`",
        "其中没有找到商品表：表格需要一行列名，并含编号或名称列（如“商品编号”“型号”“名称”）；"
        "TOML 文件需要含 code 或 name 的 [[product]]",
    ),
    "no_faq_columns": Wording(
        "no questions with answers were found in it: a table needs the columns `question` and `answer`, a TOML file "
        "tables `[[faq]]` with them, a text a heading for each question, or lines that begin with `Q:` and `A:`",
        "其中没有找到问答：表格需要“问题”和“答案”两列；TOML 文件需要含 question 和 answer 的 [[faq]]；"
        "文本需要每个问题一个标题，或以“问：”“答：”开头的行",
    ),
    "too_many_rows": Wording(
        "the sheet has more than {limit} rows or {values} values that products or questions could be read from: send "
        "it as several files",
        "表格中的商品或问答超过 {limit} 行或 {values} 个值：请拆成多个文件",
        413,
    ),
    "stopping": Wording("the server is stopping", "服务器正在停止", 503),
    "crash": Wording("the process that read the document ended: {cause}", "读取文档的进程已终止：{cause}"),
}
"""Why a document cannot be read, by the code of the refusal."""

REMARKS: Mapping[str, Wording] = {
    "macros": Wording("the document has macros, which are never run", "文档包含宏，服务器绝不会运行"),
    "scripts": Wording("the document has scripts, which are never run", "文档包含脚本，服务器绝不会运行"),
    "xfa": Wording(
        "the document is an XFA form, which only Adobe's programs show: print it into a PDF and send that",
        "文档是 XFA 表单，只有 Adobe 的程序能够显示：请打印成 PDF 后再发送",
    ),
    "damaged": Wording("the file is damaged or cut off, and may lack something", "文件已损坏或不完整，内容可能有缺失"),
    "external_resources": Wording(
        "the document refers to {count} files elsewhere, which are not fetched",
        "文档引用了 {count} 个外部资源，不会获取",
    ),
    "no_cjk_font": Wording(
        "the system has no Chinese font, so Chinese text that the document brings no font for is drawn blank: install "
        "fonts-wqy-microhei",
        "系统没有中文字体，未内嵌字体的中文会显示为空白：请安装 fonts-wqy-microhei",
    ),
    "formulas": Wording(
        "{count} formulas of sheet {sheet} have no stored result, the first in {cell}: open and save the file in a "
        "spreadsheet program",
        "工作表 {sheet} 有 {count} 个公式没有保存结果，首个位于 {cell}：请用表格软件打开并保存一次",
    ),
    "page_unreadable": Wording("{pages} cannot be read: {cause}", "{pages}无法读取：{cause}"),
    "scan_unread": Wording("the text of scans was not read: {pages}", "扫描页未能读出文字：{pages}"),
    "scan_cut": Wording("the text of scans was read only in part: {pages}", "扫描页只读出了部分文字：{pages}"),
    "row_unnamed": Wording(
        "{count} rows have neither a code nor a name, and are no products: {rows}",
        "{count} 行既没有编号也没有名称，未作为商品读取：{rows}",
    ),
    "row_duplicate": Wording(
        "{count} rows have the code of an earlier row, but say something else, and are not used: {rows}",
        "{count} 行与前面的行编号相同而内容不同，未采用：{rows}",
    ),
    "fault_unnamed": Wording(
        "{count} rows have neither a code nor a description of a fault, and are not used: {rows}",
        "{count} 行既没有故障代码也没有故障现象，未采用：{rows}",
    ),
    "faq_without_question": Wording(
        "{count} rows have no question, and are not used: {rows}", "{count} 行没有问题，未采用：{rows}"
    ),
    "faq_without_answer": Wording(
        "{count} rows have a question without an answer, and are not used: {rows}",
        "{count} 行有问题而没有答案，未采用：{rows}",
    ),
    "more": Wording("there are {count} further warnings", "还有 {count} 条警告"),
    "encoding": Wording("the text was read as {encoding}", "文本按 {encoding} 编码读取"),
    "pictures": Wording("{count} pictures in the document are not read", "文档中的 {count} 张图片未读取"),
    "attachments": Wording("{count} files attached to the document are not read", "文档附带的 {count} 个文件未读取"),
}
"""What whoever sent a document should know, by the code of the remark."""


CAUSES: Mapping[str, Wording] = {
    "archive": Wording("its ZIP archive cannot be unpacked", "其中的 ZIP 压缩包无法解压"),
    "archive_compression": Wording(
        "its ZIP archive is compressed in a way that cannot be read", "其中的 ZIP 压缩包使用了不支持的压缩方式"
    ),
    "archive_entries": Wording("its ZIP archive has too many entries", "其中的 ZIP 压缩包条目过多"),
    "archive_names": Wording("its ZIP archive has two entries of one name", "其中的 ZIP 压缩包有同名条目"),
    "compound_file": Wording("its OLE container cannot be read", "其 OLE 容器无法读取"),
    "encoding": Wording(
        "it is text in none of UTF-8, UTF-16, GB18030 and Big5, or not all of it is",
        "文本不是 UTF-8、UTF-16、GB18030 或 Big5 编码，或编码前后不一致",
    ),
    "sheets": Wording("its sheets cannot be read", "其中的工作表无法读取"),
    "cut_off": Wording("it is cut off", "内容不完整"),
    "pdf": Wording("it is no PDF that can be opened", "无法作为 PDF 打开"),
    "pages": Wording("none of its pages can be read", "所有页都无法读取"),
    "page": Wording("its content is damaged", "内容已损坏"),
    "encryption": Wording("its encryption is not supported", "不支持其加密方式"),
    "too_many_pixels": Wording("its picture has too many pixels", "其中的图片像素过多"),
    "page_missing": Wording("the file does not hold it", "文件中没有该页"),
    "picture": Wording("no picture in it can be decoded", "其中的图片无法解码"),
    "toml": Wording("what stands there is no TOML", "此处不是有效的 TOML"),
    "toml_twice": Wording("it gives a key or a table a second time", "重复定义了同一个键或表"),
    "toml_end": Wording(
        "the file ends within a value, such as a text or a list that is not closed",
        "文件在值的中途结束，例如文本或列表没有闭合",
    ),
    "reader": Wording("its content cannot be understood", "内容无法解析"),
}
"""What `cause` stands for in the texts above, where it is one of these."""


def write_pages(stretches: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Return which pages there are in English and Chinese; beyond `MAX_STRETCHES` of them only how many."""
    num_pages = sum(last - first + 1 for first, last in stretches)
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in stretches[:MAX_STRETCHES]]
    if len(stretches) > MAX_STRETCHES:
        return f"{num_pages} pages, among them {', '.join(shown)}", f"共 {num_pages} 页，包括第 {'、'.join(shown)} 页"
    return f"page{'s' if num_pages > 1 else ''} {', '.join(shown)}", f"第 {'、'.join(shown)} 页"


def write_refusal(refusal: Refusal) -> dict[Language, str]:
    """Return the text of a refusal in both languages."""
    return REFUSALS[refusal.code].write(refusal.values)


def write_remark(remark: Remark) -> dict[Language, str]:
    """Return the text of a remark in both languages."""
    return REMARKS[remark.code].write(remark.values)
