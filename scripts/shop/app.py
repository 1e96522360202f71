"""The shop's HTTP application: a secret for every route, small bodies, and errors that say what is wrong."""

import hmac
import logging
from typing import Any

from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers.base import BaseRouteHandler

from scripts.shop.refusal import ShopRefusal, refuse_request, refuse_secret
from scripts.shop.routes import ROUTES
from scripts.shop.shop import Shop

MAX_BODY_BYTES = 16 * 2**10

logger = logging.getLogger("shop")


def create_shop_app(shop: Shop, secret: str, slow_after_commit_s: float = 0.0) -> Litestar:
    """Return the application. After each change it waits for `slow_after_commit_s`, done though not yet told."""
    return Litestar(
        ROUTES,
        guards=[require_secret],
        exception_handlers={ShopRefusal: tell_refusal, HTTPException: tell_http_error, Exception: tell_failure},
        state=State({"shop": shop, "secret": secret, "slow_after_commit_s": slow_after_commit_s}),
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )


def require_secret(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let in who has the secret; everybody may ask whether the shop is up."""
    if handler.opt.get("is_open"):
        return
    given = connection.headers.get("authorization", "")
    wanted = f"Bearer {connection.app.state.secret}"
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise refuse_secret()


def tell_refusal(_: Request[Any, Any, Any], refusal: ShopRefusal) -> Response[Any]:
    return Response(refusal.body(), status_code=refusal.status, media_type="application/json")


def tell_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Tell what litestar refuses: a body that is too large or does not fit, and a path that is not there."""
    if isinstance(error, ValidationException):
        causes = "; ".join(str(each.get("message", "")) for each in error.extra or () if isinstance(each, dict))
        refusal = refuse_request(causes or error.detail)
    else:
        refusal = ShopRefusal(error.status_code, "http_error", f"请求被拒绝：{error.detail}", error.detail)
    return Response(refusal.body(), status_code=refusal.status, media_type="application/json")


def tell_failure(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Tell that the shop itself failed; its log has the cause."""
    logger.error("a request failed", exc_info=error)
    refusal = ShopRefusal(500, "failed", "商店出错了。", "The shop failed.")
    return Response(refusal.body(), status_code=500, media_type="application/json")
