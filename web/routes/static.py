"""Styles and scripts. What is asked for by its version never changes, and is kept by the browser for good."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from web.site import site_of

router = APIRouter()
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"


@router.get("/static/{name:path}")
def static(request: Request, name: str, v: str = "") -> Response:
    """One of the files that are known; there is no other way to the disk."""
    asset = site_of(request).assets.get(name)
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": FOR_GOOD if v == asset.version else FOR_AN_HOUR, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.content, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.compressed, media_type=asset.media_type, headers=headers)


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """For browsers that ask for it by its old name."""
    return static(request, "favicon.svg")
