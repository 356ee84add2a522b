"""/api/v1/balance, /ledger, /usage: what there is, what moved, what was used."""

from __future__ import annotations

from datetime import timedelta

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import ledger, statement
from accounts.models import ApiKey
from generation import usage
from generation.dialects.native.schema import describes
from generation.dialects.native.view import NativeView, actor_of, answer, query
from generation.dialects.native.wire import credits
from generation.dialects.native.wire_calls import LedgerQuery, UsageQuery, row_number
from generation.dialects.native.wire_shapes import (
    BalanceOut,
    EntryOut,
    LedgerPage,
    UsageLine,
    UsageOut,
)


class BalanceView(NativeView):
    @describes("Get the balance", BalanceOut, tag="account")
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        own = ApiKey.objects.filter(pk=actor.key_id or 0)
        key = own.values_list("budget", "spent").first()
        budget, spent = key or (None, 0)
        return answer(
            BalanceOut(
                balance=credits(ledger.balance(actor.tenant_id)),
                budget=None if budget is None else credits(budget),
                budget_left=None if budget is None else credits(max(0, budget - spent)),
            )
        )


class LedgerView(NativeView):
    @describes("List the ledger", LedgerPage, query=LedgerQuery, tag="account")
    def get(self, request: Request) -> Response:
        """Each movement of credits, newest first; for owners and admins."""
        asked = query(LedgerQuery, request)
        page = statement.entries(
            actor_of(request),
            before=row_number(asked.cursor),
            limit=asked.limit,
            kind=asked.kind or "",
            task=asked.task,
        )
        items = [EntryOut.of(entry) for entry in page.entries]
        onward = None if page.before is None else str(page.before)
        return answer(LedgerPage(items=items, next_cursor=onward))


class UsageView(NativeView):
    @describes("Report the usage", UsageOut, query=UsageQuery, tag="account")
    def get(self, request: Request) -> Response:
        """By day, model or key, in the organisation's time zone; members see their own."""
        actor, asked = actor_of(request), query(UsageQuery, request)
        last = asked.last or usage.today(actor)
        first = asked.first or last - timedelta(days=30)
        lines = [
            UsageLine(
                key=line.key,
                name=line.name,
                tasks=line.tasks,
                images=line.images,
                spent=credits(line.spent),
            )
            for line in usage.report(actor, asked.by, first, last)
        ]
        total = UsageLine(
            key="",
            name="",
            tasks=sum(line.tasks for line in lines),
            images=sum(line.images for line in lines),
            spent=round(sum(line.spent for line in lines), 3),
        )
        return answer(UsageOut(items=lines, total=total))
