"""Git through its plumbing: refs, trees, blobs and commits. The only room that starts git."""
