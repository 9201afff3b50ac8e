"""The arithmetic of forecasts: curves of survival, features, trees, calibration, figures. Pure numpy."""
