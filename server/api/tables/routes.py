"""The routes of tables."""

from server.api.tables.asking import ask_table
from server.api.tables.extracting import extract_tables, show_table_again
from server.api.tables.plotting import plot_table

ROUTES = (extract_tables, show_table_again, ask_table, plot_table)
