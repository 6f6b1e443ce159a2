"""Forms and instances: XLSForm to XForm to field tree, instance XML to answers. No Flask, SQL, clock or network."""

from forms.answers import Answers, attachment_names, flatten
from forms.errors import FormError, InstanceError
from forms.fields import Choice, Field, walk
from forms.form import Form, Slot, from_json, to_json
from forms.instance import Instance

__all__ = [
    "Answers",
    "Choice",
    "Field",
    "Form",
    "FormError",
    "Instance",
    "InstanceError",
    "Slot",
    "attachment_names",
    "flatten",
    "from_json",
    "to_json",
    "walk",
]
