"""Model packages; no file lies behind them."""

import factory

from inference.packages.models import ModelPackage
from tests.factories import NOW, Counting, sha256


class ModelPackageFactory(Counting):
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
