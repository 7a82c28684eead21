"""Services, Endpoints and Ingresses for the new cluster, with the load balancers in front of them (domain facts F)."""

from migrator.conversion.network.ingresses import convert_ingress, convert_ingress_class, has_elb, target_class
from migrator.conversion.network.services import (
    Converted,
    convert_endpoint_slice,
    convert_endpoints,
    convert_service,
)

__all__ = [
    "Converted",
    "convert_endpoint_slice",
    "convert_endpoints",
    "convert_ingress",
    "convert_ingress_class",
    "convert_service",
    "has_elb",
    "target_class",
]
