"""Makers' files of modules and inverters: .PAN, .OND, tables of CEC and Sandia."""
