"""The closed loop played in full on a private server: does it decide rightly, invent nothing, survive, harm nobody?"""
