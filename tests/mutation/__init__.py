"""Mutation of the computing modules: would a wrong sign, unit or limit be noticed?"""
