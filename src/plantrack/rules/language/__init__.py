"""The language of rules: from the text of an expression to code that runs over a state and explains itself.

In the order of the pipeline: ``schema`` (types, kinds, fields), ``routes``, ``functions`` (what can be called),
``checker`` (text to a checked tree), ``compiler`` (tree to code, and to explanations). The code runs over the view that
``linked`` makes of a state.
"""
