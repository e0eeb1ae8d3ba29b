"""Controllers of operators that run on this machine against any API server: cert-manager's and the databases' own."""

from embedded.operators.catalog import OPERATORS
from embedded.operators.errors import OperatorError
from embedded.operators.operator import Operator
from embedded.operators.running import RunningOperator

__all__ = ["OPERATORS", "Operator", "OperatorError", "RunningOperator"]
