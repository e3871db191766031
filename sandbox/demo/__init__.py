"""The main job on private servers: traffic goes in, the scheduled tasks do the work, a report comes out."""
