"""What lets a customer in, as long as that holds."""

from dataclasses import dataclass, field

from server.customers.customers import Customers


@dataclass(frozen=True)
class CustomerAccess:
    """A customer's token."""

    customers: Customers
    token: str = field(repr=False)

    async def check(self) -> None:
        """Raise `CustomerTokenWrong` where the token has expired, was revoked, or has lost its key.

        Raises `DatabaseUnreachable`.
        """
        visit = await self.customers.authenticate(self.token)
        await self.customers.check_revoked(visit)
