"""What packages ask of later rooms, in the same transaction as the act itself."""

from django.dispatch import Signal

# package: inference.packages.models.ModelPackage, about to be retired. A receiver that still needs
# it raises ``inference.packages.errors.PackageInUse``.
package_retiring = Signal()
