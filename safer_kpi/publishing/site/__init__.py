"""A report as a static site: templates, style sheets and what renders them. Needs the extra ``report`` (Jinja2)."""
