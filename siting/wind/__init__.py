"""Wind resource, turbines, wakes, repowering, noise and flicker.

Functions on arrays, without a plan file:

* `siting.wind.yields.wind_yield`: gross yield of one turbine from hourly wind;
* `siting.wind.yields.wind_weather`: hourly arrays as checked weather for the next two;
* `siting.wind.farm.farm_yield`: a farm with wakes, losses and P-values;
* `siting.wind.repower.of_arrays.repower`: old and new turbines beside each other.
"""
