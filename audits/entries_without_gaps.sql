AUDIT (
  name entries_without_gaps
);

/* Entries are numbered 1, 2, 3 … and posted strictly one after the other. */
WITH step AS (
  SELECT
    entry,
    posted_at,
    LAG(posted_at) OVER (ORDER BY entry) AS posted_before,
    ROW_NUMBER() OVER (ORDER BY entry) AS place
  FROM @this_model
)
SELECT
  entry
FROM step
WHERE
  entry <> place OR posted_at <= posted_before
