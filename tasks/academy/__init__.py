"""The Summer Learning Academy: course selections and webinars."""
