"""What brings the core to a client. An adapter translates messages and decides nothing about cases."""
