"""The people and teams of the demo organisation, and how they sign in."""

from __future__ import annotations

from dataclasses import dataclass

from teams.models import Membership, Organisation, Team, User

COMPANY = "lumen-shop"
NHS = "nhs-england"


@dataclass(frozen=True, slots=True)
class Person:
    """One account with the roles it holds."""

    short: str
    name: str
    roles: dict[str, str]
    is_administrator: bool = False

    @property
    def email(self) -> str:
        """An address of the domain that is kept free for examples."""
        return f"{self.short}@example.org"


PEOPLE = (
    Person("asta", "Asta Holm", {}, is_administrator=True),
    Person("ingrid", "Ingrid Lund", {COMPANY: "manager"}),
    Person("sam", "Sam Okafor", {"sales": "manager", COMPANY: "viewer"}),
    Person("jonas", "Jonas Berg", {"digital-service": "contributor", COMPANY: "contributor"}),
    Person("maya", "Maya Lindqvist", {COMPANY: "viewer"}),
    Person("nell", "Nell Hartley", {NHS: "manager"}),
)

SHOP_TEAMS = (
    (COMPANY, "Lumen Shop", "", "Customers get what they came for, and come back."),
    ("digital-service", "Digital service", COMPANY, "Customers solve it themselves, first time."),
    ("growth", "Growth", COMPANY, "The right visitors find us, and buy."),
    ("product", "Product", COMPANY, "An app that is worth opening every day."),
    ("sales", "Sales", COMPANY, "Companies choose us for the long run."),
    ("delivery", "Delivery", COMPANY, "What we promise arrives when we promised it."),
)
SYNTHETIC = "Synthetic data: this shop does not exist, and every number in it is made up."


def make_organisation() -> Organisation:
    """Name the organisation, in the time zone of the figures."""
    organisation = Organisation.current()
    organisation.name = "KPItrack demo"
    organisation.timezone = "Europe/London"
    organisation.currency = "SEK"
    organisation.save()
    return organisation


def make_shop_teams() -> dict[str, Team]:
    """The tree of the web shop, every team saying that its data is synthetic."""
    teams: dict[str, Team] = {}
    for position, (slug, name, parent, purpose) in enumerate(SHOP_TEAMS):
        teams[slug] = Team.objects.create(
            slug=slug,
            name=name,
            purpose=purpose,
            notice=SYNTHETIC,
            parent=teams.get(parent),
            position=position,
        )
    return teams


def make_people(teams: dict[str, Team], password: str) -> dict[str, User]:
    """The accounts, all with the one password of this installation."""
    people: dict[str, User] = {}
    for person in PEOPLE:
        user = User.objects.create_user(
            person.email, password, name=person.name, is_administrator=person.is_administrator
        )
        people[person.short] = user
        for slug, role in person.roles.items():
            Membership.objects.create(user=user, team=teams[slug], role=role)
    return people


def sign_in_words(password: str) -> str:
    """What is printed after loading."""
    lines = [
        f"  {person.email:20} {'administrator' if person.is_administrator else describe(person)}"
        for person in PEOPLE
    ]
    return "\n".join([f"Demo accounts, all with the password {password}", *lines])


def describe(person: Person) -> str:
    """The roles in words: `manager of lumen-shop`."""
    return ", ".join(f"{role} of {slug}" for slug, role in person.roles.items())
