debug = False
name = "shop"
