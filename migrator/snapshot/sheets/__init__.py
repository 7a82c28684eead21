"""Clusters as tables that people fill in: one definition of the tables, and the ways between facts, cells and files.

``tables`` says which columns there are; ``rows`` turns facts into rows of plain values and back; ``cells`` turns a
value into the text of a cell and back; ``headings`` knows what the columns are called in both languages. Workbooks, CSV
files and the forms of the service all stand on these.
"""
