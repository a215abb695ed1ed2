AUDIT (
  name entry_is_stated
);

SELECT
  entry
FROM @this_model
WHERE
  entry IS NULL OR posted_at IS NULL OR posted_on <> posted_at::DATE
