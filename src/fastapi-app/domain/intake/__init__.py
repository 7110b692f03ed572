"""What comes in: one law for every number, row and instant, whatever its door. Pure; knows no source.

A check takes a value, takes it with a remark, leaves that cell or row out, or refuses the whole answer or file (`RefusedError`).
"""
