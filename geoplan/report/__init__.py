"""Reports, workbooks and the approval pack."""
