"""How important an organisation is, in one list: agreements and the priority of requests go by it. Pure."""

from enum import StrEnum


class Tier(StrEnum):
    """STANDARD: everybody. GOLD: the agreement "Gold" promises more. VITAL: requests rank one step higher."""

    STANDARD = "standard"
    GOLD = "gold"
    VITAL = "vital"
