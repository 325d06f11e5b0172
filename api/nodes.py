"""What every node of the graph has."""

import strawberry
from strawberry import ID


@strawberry.interface(description="Something with an id of its own.")
class Node:
    id: ID = strawberry.field(description="Opaque, and unique over all types.")
