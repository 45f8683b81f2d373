"""Does the writer ask not to be contacted any more?"""
