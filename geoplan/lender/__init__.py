"""The report on one plant that a lender reads, and its cash-flow workbook."""
