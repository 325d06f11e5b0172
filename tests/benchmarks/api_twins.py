"""One API process to measure: `python -m tests.benchmarks.api_twins served|memory|untuned PORT`. The database and Redis
come by the environment. All three have the same types and resolvers."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from api.app import WELCOME, create_app
from api.context import Context
from api.guard import Guard
from api.mutations import Mutation
from api.queries import Query
from api.samples import Sample
from api.scalars import SCALARS
from api.server import server_config
from api.subscriptions import Subscription
from api.transport import GraphQLEndpoint
from api.user_errors import USER_ERRORS
from domain.adapters import views
from domain.adapters.orders import LAST_USED_FIRST
from domain.adapters.paging import Page, Slice
from domain.adapters.settings import read_settings
from domain.adapters.wanted import DatasetsWanted


class MemoryContext(Context):
    """Has the datasets in a list, last used first."""

    rows: list[views.Row] = []  # noqa: RUF012  the one list of the process

    async def popular_view(self, view: Callable[..., Any], *arguments: Any) -> Any:
        assert view is views.datasets_view
        wanted, page, order = arguments
        assert (wanted, order) == (DatasetsWanted(), LAST_USED_FIRST)
        return self._page(page)

    def _page(self, page: Page) -> Slice:
        return Slice(self.rows[: page.limit], has_next=len(self.rows) > page.limit, has_previous=False)


def filled(app: Starlette) -> Any:
    """The lifespan of the application, which first reads the list."""

    @asynccontextmanager
    async def lifespan(of: Any) -> AsyncIterator[Any]:
        async with app.router.lifespan_context(of) as state:
            engine = state["shared"].adapters.engine
            MemoryContext.rows = list(views.datasets_view(engine, DatasetsWanted(), Page(100_000)).rows)
            yield state

    return lifespan


def memory() -> Starlette:
    """Our endpoint over a list: whatever it does with requests, without a database."""
    settings = read_settings(os.environ)
    endpoint = GraphQLEndpoint(WELCOME, lambda state: MemoryContext(state.shared), settings)
    ours = create_app(settings)
    guard = Middleware(Guard, settings=settings)
    return Starlette(routes=[Route("/graphql", endpoint)], middleware=[guard], lifespan=filled(ours))


class Untuned(GraphQL[Context, None]):
    """Strawberry's endpoint as it comes."""

    async def get_context(self, request: Any, response: Any) -> Context:
        return Context(request.state.shared)


def untuned() -> Starlette:
    """The same schema as Strawberry makes it, over the same database."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Sample, *USER_ERRORS],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    ours = create_app()
    return Starlette(routes=[Route("/graphql", Untuned(schema))], lifespan=ours.router.lifespan_context)


APPS: dict[str, Callable[[], Starlette]] = {"served": create_app, "memory": memory, "untuned": untuned}


def main() -> None:
    kind, port = sys.argv[1:]
    app = APPS[kind]()
    config = server_config(app, read_settings(os.environ), log_level="warning")
    config.port = int(port)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
