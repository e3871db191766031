"""The ways to tell somebody, one module each; every one sends one message about several notices, or says why not."""

from celeriac.errors import CeleriacError


class NotDelivered(CeleriacError):
    """{reason}"""
