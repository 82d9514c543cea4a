"""How values of a call are read, whoever wrote them: fields, counts, units, models, media and what stands around."""
