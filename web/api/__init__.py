"""The REST API: `create_app()` serves it by itself, `router` is mounted by an existing FastAPI application.

from web.api import admit, router

def signed_in(request: Request, user: User = Depends(current_user)) -> None:
    admit(request, subject=user.name, scopes=user.scopes)

app.include_router(router, dependencies=[Depends(signed_in)])
"""

from web.api.access import admit
from web.api.app import create_app, router

__all__ = ["admit", "create_app", "router"]
