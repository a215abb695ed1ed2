AUDIT (
  name observation_is_explained,
  skip TRUE
);

/* A value stands exactly where the status says so. Every build holds the numbers of the read file against it, which
are made in parts; of the view SQLMesh would make them once more, all at one time. */
SELECT
  metric_id
FROM @this_model
WHERE
  (
    value IS NULL
  ) <> (
    status IN ('missing', 'incomplete', 'suppressed', 'unavailable')
  )
  OR NOT status IN ('final', 'provisional', 'incomplete', 'missing', 'suppressed', 'unavailable')
  OR placed < 0
  OR placed > 1
  OR unplaced < 0
  OR coverage < 0
  OR coverage > 1
  OR lower > value
  OR upper < value
