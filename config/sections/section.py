"""What a group of settings is, and the kinds of values in it."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config.policies import duration

Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Duration = Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(0))]


class Section(BaseModel):
    """A group of settings that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
