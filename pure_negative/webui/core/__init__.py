"""What every part in the WebUI needs: settings, refusals, this run's choices, the plan put on it."""
