"""The desks of a region that lives: who follows an agreed route, who decides otherwise, who is written down anew."""

from typing import Final

from spoedplein.testing.hap import Post
from spoedplein.testing.world import BY_HAND, World
from spoedplein_schemas import Decision
from spoedplein_schemas.front_door import ContactRouted, RouteBasis
from spoedplein_schemas.hap import ArrivalMode, ContactRedirected
from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.seh import PatientRedirected
from spoedplein_schemas.vocabulary import Actor, Destination, Entrance, Role

#: Of the routed contacts (planning values): sent elsewhere by a professional; visits written down anew where they go.
#: A call that the control room referred always is: nobody else at the post knows that he waits.
REDIRECTED: Final = 0.04
WRITTEN_ANEW: Final = 0.5


class Desks:
    def __init__(self, world: World, posts: dict[str, Post]) -> None:
        """`posts` by site; filled after this."""
        self._world = world
        self._posts = posts
        self._chance = world.chance("front-door")
        self._voice = world.voice("desks", BY_HAND)

    def react(self, decision: Decision) -> None:
        data = decision.data
        if not isinstance(data, ContactRouted) or data.basis is RouteBasis.REDIRECTED:
            return
        if data.entrance is not Entrance.MKA and self._chance.happens(REDIRECTED):
            self._world.after(self._chance.around_ms(3), lambda: self._redirects(data))
        post = self._posts.get(data.at or "")
        moves = data.entrance is not Entrance.HAP and data.destination is Destination.HAP and data.urgency is not None
        called = data.entrance is Entrance.MKA
        if post is not None and moves and (called or self._chance.happens(WRITTEN_ANEW)):
            self._world.after(self._chance.around_ms(4), lambda: self._goes_on(post, data))

    def _goes_on(self, post: Post, data: ContactRouted) -> None:
        if data.entrance is Entrance.MKA:
            post.writes_down(mode=ArrivalMode.PHONE, call=data.case)
        else:
            post.writes_down(mode=data.mode or ArrivalMode.SELF_REFERRED, visit=data.case)

    def _redirects(self, data: ContactRouted) -> None:
        site = data.site
        if site is None:
            return
        role = self._chance.one_of((Role.NURSE, Role.GP, Role.TRIAGIST))
        words = {
            "site": site,
            "destination": self._chance.one_of((Destination.HAP, Destination.SEH, Destination.ADVICE)),
            "ground": self._chance.one_of(tuple(OverrideGround)),
            "redirected_at": self._world.moment(),
            "by": Actor(role=role, organisation=self._world.agreements.owner),
        }
        if data.entrance is Entrance.HAP:
            self._voice.says(ContactRedirected.model_validate({"contact": data.case} | words), subject=data.case)
        else:
            self._voice.says(PatientRedirected.model_validate({"visit": data.case} | words), subject=data.case)
