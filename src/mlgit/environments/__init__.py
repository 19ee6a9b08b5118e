"""Environments: what each has to run stands in `deploy/<environment>.yaml`; promote and rollback decide about it."""
