"""When a series meets: rules, and the days and times they come to. Pure: no database, no request."""
