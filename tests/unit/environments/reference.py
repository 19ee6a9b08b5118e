"""The rules of promotion and rollback once more, as plainly as they can be said: what decisions are held against."""

from __future__ import annotations

from dataclasses import dataclass, field

ORDER = ("staging", "canary", "production")


@dataclass
class Reference:
    """The rules once more, as plainly as they can be said: numbers in stacks."""

    newest: int = 0
    gone: set[int] = field(default_factory=set)
    stacks: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in ORDER})
    ever: dict[str, set[int]] = field(default_factory=lambda: {name: set() for name in ORDER})

    def live(self, name: str) -> int:
        return self.stacks[name][-1] if self.stacks[name] else 0

    def may_promote(self, name: str, number: int) -> bool:
        place = ORDER.index(name)
        known = 0 < number <= self.newest and number not in self.gone
        in_order = place == 0 or self.live(ORDER[place - 1]) == number
        return known and in_order and number >= self.live(name)

    def promote(self, name: str, number: int) -> None:
        if self.live(name) != number:
            self.stacks[name].append(number)
        self.ever[name].add(number)

    def target(self, name: str, to: int) -> int:
        stack = self.stacks[name]
        if not stack:
            return 0
        if to:
            return to if to in self.ever[name] and to != stack[-1] else 0
        return stack[-2] if len(stack) > 1 else 0

    def roll_back(self, name: str, number: int) -> None:
        stack = self.stacks[name]
        if number in stack:
            while stack[-1] != number:
                stack.pop()
        else:
            stack.append(number)

    def answer(self, action: str, name: str, number: int) -> tuple[int, bool]:
        """Which version a step is about, and whether it may be taken."""
        if action == "rollback":
            back = self.target(name, number)
            return back, bool(back) and back not in self.gone
        place = ORDER.index(name)
        known = (one for one in range(self.newest, 0, -1) if one not in self.gone)
        chosen = number or (self.live(ORDER[place - 1]) if place else next(known, 0))
        return chosen, self.may_promote(name, chosen)
