"""The daemon as its operator holds it: what may be asked and wanted, over the control socket or on the database."""
