"""Reading studies: people grade photos blind, by a fixed scale and in an order of their own."""
