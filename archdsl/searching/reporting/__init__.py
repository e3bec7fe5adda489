"""What studies found, as one page that needs no network, or as a picture."""

from archdsl.searching.reporting.report import check_format, write_report

__all__ = ["check_format", "write_report"]
