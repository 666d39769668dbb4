"""Model packages; no file lies behind them."""

import factory
from factory.django import DjangoModelFactory

from inference.packages.models import ModelPackage
from tests.factories import NOW, sha256


class ModelPackageFactory(DjangoModelFactory):
    class Meta:
        model = ModelPackage

    name = "gsh-test"
    version = factory.Sequence(lambda n: f"1.0.{n}")
    sha256 = factory.LazyAttribute(lambda p: sha256(p.name + p.version))
    file = "packages/x/model.onnx"
    size = 1000
    card = factory.LazyFunction(dict)
    recipe = "none@1"
    demonstrator = True
    registered_at = NOW
