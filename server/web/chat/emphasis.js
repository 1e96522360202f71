/**
 * What `*` and `~` mean in the texts of shops: `3*4` is a product, a lone `~` is "about", and a bold label may stand
 * directly before Chinese text or a number, as in `**价格：**299元`.
 *
 * Bold beside Chinese follows the specification of markdown-cjk-friendly, whose extension of marked is used.
 */

import markedCjkFriendly from "/web/vendor/marked-cjk-friendly/index.js";

const UNIT = String.raw`[a-zA-Z%°″′"']{0,3}|[公厘毫分千米英寸尺斤克升元块件个盒包袋瓶支只箱张片条双份人天月年次倍折]{1,2}`;
const BEFORE = String.raw`\p{Nd}(?:[ \t]*|${UNIT})|[长宽高深厚]|\b[LWHD]`;
const AFTER = String.raw`[ \t]*[¥￥$€£]?\.?\p{Nd}|[长宽高深厚]|[LWHD](?:\b|\p{Nd})`;
const TIMES = new RegExp(String.raw`(${BEFORE})\*(?!\*)(?=${AFTER})`, "gu");
/** A `*` between two numbers, of which the first may have a unit, or between two names of dimensions. */

const QUANTITY = /(\p{L}[)\]）】]?)\*(?=\p{Nd}[^*\n]*\p{L}[)\]）】]?\*\p{Nd})/gu;
/** The `*` of one thing in a list of several, as in `衬衫*2、裤子*1`. */

const POWER = /(\p{Nd})\*\*(?=\p{Nd}+\*\*\p{Nd})/gu;
/** A power of a power, as in `2**3**2`. */

const LABEL_END = /(?:[:;,.!?%)\]}”’"']|\p{Emoji_Presentation}|\p{Emoji}\u{fe0f})(?=\*\*[\p{L}\p{N}])/gu;
const LABEL_BEGIN = /^\*\*[¥$€£“‘"'([+\-×≈≥≤#]/;
/** Bold text that ends or begins with one of these signs may touch a letter or a digit, as Chinese ones may. */

const CHINESE_SIGN = "：";
const toChinese = (signs) => CHINESE_SIGN.repeat(signs.length); // a mask is as long as its text

const friendly = markedCjkFriendly().tokenizer;

/** The extension for `Marked.use`. A sign that the mask hides is no delimiter. */
export const shopEmphasis = {
  hooks: {
    emStrongMask: (text) => text.replace(TIMES, "$1+").replace(QUANTITY, "$1+").replace(POWER, "$1++").replace(LABEL_END, toChinese),
  },
  tokenizer: {
    emStrong(text, masked, before) {
      if (masked[masked.length - text.length] !== text[0]) return undefined;
      return friendly.emStrong.call(this, text, masked, LABEL_BEGIN.test(text) ? CHINESE_SIGN : before);
    },
    del(text, masked, before) {
      return text.startsWith("~~") ? friendly.del.call(this, text, masked, before) : undefined;
    },
  },
};
