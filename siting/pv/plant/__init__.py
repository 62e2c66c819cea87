"""The PV plant and its physics, from irradiance to AC energy."""
