"""The loop's mirror image: drop what is proven surplus, measure what became of it, and bring it back where it hurt.

proposed -> approved -> dropping -> drop_verifying -> dropped | restored; the states stand in docs/states.md.
"""

from celeriac.indexes.drop.reconciling import Action, held_names, reconcile
from celeriac.indexes.drop.restoring import Restored, restore
from celeriac.indexes.drop.run import Removed, drop
from celeriac.indexes.drop.verifying import conclude, verify

__all__ = ["Action", "Removed", "Restored", "conclude", "drop", "held_names", "reconcile", "restore", "verify"]
