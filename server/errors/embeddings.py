"""Errors of embeddings."""

from server.errors.base import RETRY_AFTER_S, ServerError


class EmbeddingModelMissing(ServerError):
    """The server was started without an embedding model."""

    status = 501
    code = "embedding_model_missing"

    def __init__(self) -> None:
        super().__init__(
            "本服务启动时没有指定向量模型；请安装 minicpm-v-server[embeddings]，"
            "并用 --embedding-model 指定 ONNX 模型目录",
            "this server was started without an embedding model; install minicpm-v-server[embeddings] and name the "
            "folder of an ONNX model with --embedding-model",
        )


class TextTooLong(ServerError):
    """A text has more tokens than the embedding model reads. `place` counts from 0."""

    status = 400
    code = "context_length_exceeded"
    param = "input"

    def __init__(self, place: int, limit: int) -> None:
        super().__init__(
            f"第 {place + 1} 个文本超过向量模型 {limit} 个 token 的上限",
            f"text {place + 1} has more than the {limit} tokens that the embedding model reads",
        )


class TextsTooLong(ServerError):
    """The texts of a request are too long together."""

    status = 413
    param = "input"

    def __init__(self, num_characters: int, limit: int) -> None:
        super().__init__(
            f"文本共 {num_characters:,} 个字符，上限 {limit:,}",
            f"the texts have {num_characters:,} characters together, the limit is {limit:,}",
        )


class EmbeddingsBusy(ServerError):
    """The texts of other requests had not been embedded in time."""

    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__(
            "等待计算向量的文本过多，请稍后重试", "too many texts wait to be embedded; try again in a moment"
        )
